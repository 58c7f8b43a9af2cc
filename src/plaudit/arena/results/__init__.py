"""What follows from votes: careless voters, boards, judges beside people, files in and out."""
