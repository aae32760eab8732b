"""What all rooms of Deskmart share: settings, the layout of the lake, the command line."""

__version__ = "0.1.0"
