"""What all figures are drawn with: one look, axes that can be read, small SVG."""
