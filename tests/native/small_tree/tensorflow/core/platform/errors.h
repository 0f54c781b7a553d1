#ifndef TENSORFLOW_CORE_PLATFORM_ERRORS_H_
#define TENSORFLOW_CORE_PLATFORM_ERRORS_H_

#include "tensorflow/core/platform/status.h"
#include "tensorflow/core/platform/strcat.h"

namespace tensorflow {
namespace errors {

#define DECLARE_ERROR(Function, CODE)                                    \
  template <typename... Parts>                                           \
  Status Function(const Parts&... parts) {                               \
    return Status(error::CODE, ::tensorflow::strings::StrCat(parts...)); \
  }

DECLARE_ERROR(InvalidArgument, INVALID_ARGUMENT)
DECLARE_ERROR(NotFound, NOT_FOUND)
DECLARE_ERROR(AlreadyExists, ALREADY_EXISTS)
DECLARE_ERROR(FailedPrecondition, FAILED_PRECONDITION)
DECLARE_ERROR(Unimplemented, UNIMPLEMENTED)
DECLARE_ERROR(Internal, INTERNAL)

#undef DECLARE_ERROR

}  // namespace errors
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_PLATFORM_ERRORS_H_
