"""TensorFlow's BUILD files: what each target is made of, for one configuration."""

from opsieve.tree.buildfiles.build_files import EXTERNAL, MISSING, BuildFiles
from opsieve.tree.buildfiles.configurations import configurations
from opsieve.tree.buildfiles.limits import Limits
from opsieve.tree.buildfiles.targets import Configuration, Package, Target

__all__ = ["EXTERNAL", "MISSING", "BuildFiles", "Configuration", "Limits", "Package", "Target", "configurations"]
