#ifndef TENSORFLOW_CORE_PUBLIC_SESSION_OPTIONS_H_
#define TENSORFLOW_CORE_PUBLIC_SESSION_OPTIONS_H_

#include <string>

#include "tensorflow/core/protobuf/config.pb.h"

namespace tensorflow {

struct SessionOptions {
  std::string target;
  ConfigProto config;
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_PUBLIC_SESSION_OPTIONS_H_
