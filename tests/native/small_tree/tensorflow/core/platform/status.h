#ifndef TENSORFLOW_CORE_PLATFORM_STATUS_H_
#define TENSORFLOW_CORE_PLATFORM_STATUS_H_

#include <string>
#include <utility>

#include "tensorflow/core/platform/macros.h"
#include "tensorflow/core/platform/types.h"

namespace tensorflow {
namespace error {

// Numbers as of google.rpc.Code.
enum Code {
  OK = 0,
  CANCELLED = 1,
  UNKNOWN = 2,
  INVALID_ARGUMENT = 3,
  NOT_FOUND = 5,
  ALREADY_EXISTS = 6,
  FAILED_PRECONDITION = 9,
  UNIMPLEMENTED = 12,
  INTERNAL = 13,
};

}  // namespace error

class Status {
 public:
  Status() = default;
  Status(error::Code code, StringPiece message) : code_(code), message_(message) {}

  static Status OK() { return Status(); }
  bool ok() const { return code_ == error::OK; }
  error::Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& error_message() const { return message_; }
  std::string ToString() const;
  void Update(const Status& other) {
    if (ok()) *this = other;
  }

 private:
  error::Code code_ = error::OK;
  std::string message_;
};

inline Status OkStatus() { return Status(); }

#define TF_RETURN_IF_ERROR(...)                          \
  do {                                                   \
    ::tensorflow::Status _status = (__VA_ARGS__);        \
    if (TF_PREDICT_FALSE(!_status.ok())) return _status; \
  } while (0)

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_PLATFORM_STATUS_H_
