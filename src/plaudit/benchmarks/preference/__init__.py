"""The study of preference: do aesthetic scores predict votes?"""
