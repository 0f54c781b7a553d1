"""What the packages of a portable_tensorflow_repository tell selective_library."""

PortableObjectsInfo = provider(
    doc = "What a part of the runtime is linked from.",
    fields = {
        "objects": "depset of Files: position-independent object files",
    },
)

PortablePackageInfo = provider(
    doc = "A third-party package that is compiled where a selected file needs it.",
    fields = {
        "context": "CompilationContext: its own headers and those of what it needs",
        "flags": "struct of flags: cxx, c, defines; each a list of strings",
        "is_c": "bool: all sources are C",
        "name": "string: as opsieve calls it",
        "private_includes": "list of strings: folders to search for its own sources, from the execution root",
        "root": "string: the folder of the sources, from the execution root",
        "sources": "depset of Files",
    },
)

PortableRuntimeInfo = provider(
    doc = "TensorFlow's portable runtime for one target, to be completed by a selection.",
    fields = {
        "context": "CompilationContext: what selected files may include",
        "defines": "list of strings: the defines that apps are compiled with, because the runtime was",
        "flags": "struct of flags of selected files: cxx, defines, protos_cxx, protos_defines",
        "interface": "CompilationContext: what apps may include",
        "link": "struct: shared (list of flags, None where there are no shared libraries), program, library (for apps), system (libraries), version_script (File), macho (bool)",
        "objects": "depset of Files: what is linked whatever the models",
        "offer": "File: offer.json, what a selection may add, and what that needs",
        "offered": "depset of Files: sources that a selection may add",
        "packages": "list of PortablePackageInfo",
        "prefixes": "list of strings: folders that file names in the program do not tell, from the execution root",
        "protos": "depset of Files: sources made of protos that only some selected files need",
        "protos_root": "string: the folder that their paths are relative to",
        "registering": "depset of Files: sources of the runtime that register something",
        "run_model": "depset of Files: objects of the program that runs a model",
        "tree": "string: the folder of the TensorFlow tree, from the execution root",
    },
)
