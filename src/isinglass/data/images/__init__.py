"""Images of every source as one Dataset.

To add a source: write `open_...(path) -> Found` and call it from `loading.find_images`.
"""
