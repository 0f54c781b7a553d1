#include "tensorflow/core/platform/status.h"

namespace tensorflow {
namespace {

const char* CodeName(error::Code code) {
  switch (code) {
    case error::OK:
      return "OK";
    case error::CANCELLED:
      return "CANCELLED";
    case error::UNKNOWN:
      return "UNKNOWN";
    case error::INVALID_ARGUMENT:
      return "INVALID_ARGUMENT";
    case error::NOT_FOUND:
      return "NOT_FOUND";
    case error::ALREADY_EXISTS:
      return "ALREADY_EXISTS";
    case error::FAILED_PRECONDITION:
      return "FAILED_PRECONDITION";
    case error::UNIMPLEMENTED:
      return "UNIMPLEMENTED";
    case error::INTERNAL:
      return "INTERNAL";
  }
  return "UNKNOWN";
}

}  // namespace

std::string Status::ToString() const {
  if (ok()) return "OK";
  return std::string(CodeName(code_)) + ": " + message_;
}

}  // namespace tensorflow
