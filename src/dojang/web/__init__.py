"""Floor 5: pages. One file each, nothing fetched from anywhere."""
