"""Files of images: which lie in a folder, what they hold, and how many are decoded at once."""
