#ifndef TENSORFLOW_CORE_PLATFORM_TSTRING_H_
#define TENSORFLOW_CORE_PLATFORM_TSTRING_H_

#include <string>
#include <string_view>

namespace tensorflow {

// The element of a tensor of strings.
class tstring : public std::string {
 public:
  using std::string::string;
  tstring() = default;
  tstring(const std::string& text) : std::string(text) {}
  tstring(std::string_view text) : std::string(text) {}
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_PLATFORM_TSTRING_H_
