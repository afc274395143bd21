"""torch-tutor: an interactive PyTorch cheat sheet that executes every entry live. Importing it imports nothing."""

__version__ = "0.1.0"
