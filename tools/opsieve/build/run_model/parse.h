// Protocol buffers from their binary form or, where the protobuf that is linked has it, from text.

#ifndef OPSIEVE_RUN_MODEL_PARSE_H_
#define OPSIEVE_RUN_MODEL_PARSE_H_

#include <string>
#include <type_traits>

#include "files.h"
#include "messages.h"

#if defined(__has_include)
#if __has_include("google/protobuf/text_format.h")
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#define RUN_MODEL_HAS_TEXT_FORMAT 1
#endif
#endif

namespace run_model {

#ifdef RUN_MODEL_HAS_TEXT_FORMAT
// Messages of the lite runtime have no text form.
template <typename Proto>
bool ParseText(const std::string& path, const std::string& text, Proto* proto) {
  if constexpr (std::is_base_of<google::protobuf::Message, Proto>::value) {
    return google::protobuf::TextFormat::ParseFromString(text, proto);
  } else {
    WrongInput(path + ": is text, which this program cannot read; convert it to a binary file");
  }
}
#else
template <typename Proto>
bool ParseText(const std::string& path, const std::string&, Proto*) {
  WrongInput(path + ": is text, which this program cannot read; convert it to a binary file");
}
#endif

inline bool HasSuffix(const std::string& text, const std::string& suffix) {
  return text.size() >= suffix.size() && text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

// False where the file holds no such message. A name that ends in "txt" means text.
template <typename Proto>
bool ReadProto(const std::string& path, Proto* proto) {
  const std::string content = ReadFile(path);
  if (HasSuffix(path, "txt")) return ParseText(path, content, proto);
  return proto->ParseFromArray(content.data(), static_cast<int>(content.size()));
}

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_PARSE_H_
