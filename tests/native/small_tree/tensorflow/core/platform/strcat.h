#ifndef TENSORFLOW_CORE_PLATFORM_STRCAT_H_
#define TENSORFLOW_CORE_PLATFORM_STRCAT_H_

#include <string>
#include <type_traits>

#include "tensorflow/core/platform/types.h"

namespace tensorflow {
namespace strings {
namespace internal {

inline void Append(std::string* result, StringPiece part) { result->append(part); }

template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>>
void Append(std::string* result, T part) {
  result->append(std::to_string(part));
}

}  // namespace internal

template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  std::string result;
  (internal::Append(&result, parts), ...);
  return result;
}

}  // namespace strings
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_PLATFORM_STRCAT_H_
