"""Full screens and dialogs: each takes what it shows, and gives back what the reader chose."""
