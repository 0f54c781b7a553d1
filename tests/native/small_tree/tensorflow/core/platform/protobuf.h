#ifndef TENSORFLOW_CORE_PLATFORM_PROTOBUF_H_
#define TENSORFLOW_CORE_PLATFORM_PROTOBUF_H_

// The parts of protobuf that the tree uses, under a name of its own.
#include "google/protobuf/map.h"
#include "google/protobuf/message.h"

namespace tensorflow {
namespace protobuf = ::google::protobuf;
}

#endif  // TENSORFLOW_CORE_PLATFORM_PROTOBUF_H_
