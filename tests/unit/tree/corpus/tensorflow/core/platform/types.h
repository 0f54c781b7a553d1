#pragma once

#include "tensorflow/core/platform/platform.h"

namespace tensorflow {
typedef signed int int32;
typedef std::int64_t int64;
}  // namespace tensorflow
