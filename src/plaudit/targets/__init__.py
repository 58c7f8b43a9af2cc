"""From raw labels (plays, likes, ratings) to training targets in the range of each axis."""
