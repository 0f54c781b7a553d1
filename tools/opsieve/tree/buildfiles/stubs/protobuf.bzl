"""Rules of protobuf and grpc that macros for protos come down to. Their sources are the .proto files."""

def _recorded(kind):
    def make(**attributes):
        opsieve_make(kind, **attributes)

    return make

proto_gen = _recorded("proto_gen")
generate_cc = _recorded("generate_cc")
cc_grpc_library = _recorded("cc_grpc_library")
py_grpc_library = _recorded("py_grpc_library")
closure_proto_library = _recorded("closure_proto_library")
