#include "npy.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "messages.h"

namespace run_model {
namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr std::size_t kMagicSize = 6;
constexpr std::int64_t kMostElements = std::int64_t{1} << 40;

// The header is a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class Header {
 public:
  Header(const std::string& path, std::string text) : path_(path), text_(std::move(text)) {}

  std::string Type() const {
    const std::size_t start = After("'descr'");
    if (start >= text_.size() || (text_[start] != '\'' && text_[start] != '"')) {
      WrongInput(path_ + ": its elements are records; save an array of numbers or strings");
    }
    const std::size_t end = text_.find(text_[start], start + 1);
    if (end == std::string::npos) Damaged();
    return text_.substr(start + 1, end - start - 1);
  }

  bool FortranOrder() const { return text_.compare(After("'fortran_order'"), 4, "True") == 0; }

  std::vector<std::int64_t> Shape() const {
    std::size_t at = After("'shape'");
    if (at >= text_.size() || text_[at] != '(') Damaged();
    const std::size_t end = text_.find(')', at);
    if (end == std::string::npos) Damaged();
    std::vector<std::int64_t> shape;
    ++at;
    while (at < end) {
      const char character = text_[at];
      if (character == ' ' || character == ',') {
        ++at;
      } else if (character >= '0' && character <= '9') {
        std::int64_t size = 0;
        for (; at < end && text_[at] >= '0' && text_[at] <= '9'; ++at) {
          size = std::min(size * 10 + (text_[at] - '0'), kMostElements + 1);
        }
        shape.push_back(size);
      } else {
        Damaged();
      }
    }
    return shape;
  }

 private:
  std::size_t After(const char* key) const {
    std::size_t at = text_.find(key);
    if (at == std::string::npos) Damaged();
    at = text_.find(':', at + std::strlen(key));
    if (at == std::string::npos) Damaged();
    at = text_.find_first_not_of(' ', at + 1);
    if (at == std::string::npos) Damaged();
    return at;
  }

  [[noreturn]] void Damaged() const { WrongInput(path_ + ": the header of this .npy file is damaged"); }

  const std::string& path_;
  std::string text_;
};

void AppendUtf8(std::uint32_t point, std::string* text) {
  if (point < 0x80) {
    text->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    text->push_back(static_cast<char>(0xc0 | (point >> 6)));
    text->push_back(static_cast<char>(0x80 | (point & 0x3f)));
  } else if (point < 0x10000) {
    text->push_back(static_cast<char>(0xe0 | (point >> 12)));
    text->push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3f)));
    text->push_back(static_cast<char>(0x80 | (point & 0x3f)));
  } else {
    text->push_back(static_cast<char>(0xf0 | ((point >> 18) & 7)));
    text->push_back(static_cast<char>(0x80 | ((point >> 12) & 0x3f)));
    text->push_back(static_cast<char>(0x80 | ((point >> 6) & 0x3f)));
    text->push_back(static_cast<char>(0x80 | (point & 0x3f)));
  }
}

std::string OneString(const char* data, std::size_t units, bool unicode) {
  std::string text;
  if (!unicode) {
    text.assign(data, units);
    text.erase(text.find_last_not_of('\0') + 1);
    return text;
  }
  std::size_t used = units;
  const auto point = [data](std::size_t i) {
    std::uint32_t value;
    std::memcpy(&value, data + 4 * i, 4);
    return value;
  };
  while (used > 0 && point(used - 1) == 0) --used;
  for (std::size_t i = 0; i < used; ++i) AppendUtf8(point(i), &text);
  return text;
}

// The bytes of an element: "<f4" has 4, "|S7" 7, "<U7" 28.
std::size_t ElementSize(const std::string& path, const std::string& type) {
  char* end = nullptr;
  const unsigned long number = type.size() < 3 ? 0 : std::strtoul(type.c_str() + 2, &end, 10);
  if (type.size() < 3 || *end != '\0' || number > (1ul << 30) || type[2] < '0' || type[2] > '9') {
    WrongInput(path + ": elements of numpy's type \"" + type + "\" cannot be read");
  }
  return type[1] == 'U' ? 4 * number : number;
}

// At least 1: numpy has no strings without bytes.
std::size_t LongestString(const Array& array) {
  std::size_t longest = 1;
  for (const std::string& text : array.strings) longest = std::max(longest, text.size());
  return longest;
}

}  // namespace

std::int64_t ElementCount(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || (size > 0 && count > kMostElements / size)) return -1;
    count *= size;
  }
  return count;
}

Array ParseNpy(const std::string& path, const std::string& content) {
  if (content.size() < 12 || content.compare(0, kMagicSize, kMagic) != 0) {
    WrongInput(path + ": is no .npy file; for strings, one a line, write @" + path);
  }
  const auto byte = [&content](std::size_t at) -> std::size_t { return static_cast<unsigned char>(content[at]); };
  const bool first = byte(6) == 1;
  const std::size_t start = first ? 10 : 12;
  const std::size_t length = byte(8) | byte(9) << 8 | (first ? 0 : byte(10) << 16 | byte(11) << 24);
  if (length > content.size() - start) WrongInput(path + ": this .npy file ends in its header");

  const Header header(path, content.substr(start, length));
  Array array{header.Type(), header.Shape(), "", {}};
  const std::size_t size = ElementSize(path, array.type);
  const std::int64_t count = ElementCount(array.shape);
  const std::size_t data = start + length;
  const std::size_t there = content.size() - data;
  if (count < 0 || (size > 0 && static_cast<std::uint64_t>(count) > there / size)) {
    WrongInput(path + ": this .npy file ends before its last element");
  }
  if (array.type[0] == '>' && size > 1) {
    WrongInput(path + ": save it little-endian: a.astype(a.dtype.newbyteorder('<'))");
  }
  if (header.FortranOrder() && array.shape.size() > 1) {
    WrongInput(path + ": save it in C order: numpy.ascontiguousarray(a)");
  }
  const char letter = array.type[1];
  if (letter != 'S' && letter != 'U') {
    array.bytes.assign(content, data, static_cast<std::size_t>(count) * size);
    if (size == 1) array.type[0] = '|';
    return array;
  }
  if (size == 0 && count > (std::int64_t{1} << 24)) WrongInput(path + ": has too many empty strings");
  array.type = "|S";
  for (std::int64_t i = 0; i < count; ++i) {
    const char* element = content.data() + data + static_cast<std::size_t>(i) * size;
    array.strings.push_back(OneString(element, letter == 'U' ? size / 4 : size, letter == 'U'));
  }
  return array;
}

std::uint64_t StringBytes(const Array& array) {
  return static_cast<std::uint64_t>(LongestString(array)) * array.strings.size();
}

bool LosesZeros(const Array& array) {
  return std::any_of(array.strings.begin(), array.strings.end(),
                     [](const std::string& text) { return !text.empty() && text.back() == '\0'; });
}

std::string NpyContent(const Array& array) {
  std::string type = array.type;
  std::string data = array.bytes;
  if (type == "|S") {
    const std::size_t width = LongestString(array);
    type += std::to_string(width);
    for (const std::string& text : array.strings) data += text + std::string(width - text.size(), '\0');
  }
  std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t size : array.shape) header += std::to_string(size) + ",";
  header += "), }";
  // The data begins at a multiple of 64 bytes.
  header.append(63 - (kMagicSize + 4 + header.size()) % 64, ' ');
  header += '\n';
  std::string content(kMagic, kMagicSize);
  content += std::string("\x01\x00", 2);
  content += static_cast<char>(header.size() & 0xff);
  content += static_cast<char>(header.size() >> 8);
  return content + header + data;
}

}  // namespace run_model
