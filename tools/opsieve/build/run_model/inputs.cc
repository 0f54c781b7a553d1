#include "inputs.h"

#include <algorithm>
#include <cstring>

#include "dtypes.h"
#include "files.h"
#include "messages.h"
#include "npy.h"
#include "tensors.h"

namespace run_model {
namespace {

constexpr std::int64_t kMostFilled = std::int64_t{1} << 28;

std::string ShapeText(const std::vector<std::int64_t>& shape) {
  Endpoint only_shape;
  only_shape.known_rank = true;
  only_shape.shape = shape;
  const std::string text = TypeAndShape(only_shape);
  return text.substr(text.find('['));
}

bool Fits(const std::vector<std::int64_t>& shape, const Endpoint& input) {
  if (!input.known_rank) return true;
  if (shape.size() != input.shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (input.shape[i] >= 0 && input.shape[i] != shape[i]) return false;
  }
  return true;
}

std::vector<std::string> Lines(const std::string& content) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start < content.size()) {
    const std::size_t end = std::min(content.find('\n', start), content.size());
    const std::size_t length = end - start;
    lines.push_back(content.substr(start, length > 0 && content[end - 1] == '\r' ? length - 1 : length));
    start = end + 1;
  }
  return lines;
}

Array ReadLines(const std::string& path, const Endpoint& input) {
  Array array{"|S", {}, "", Lines(ReadFile(path))};
  const bool scalar = input.known_rank && input.shape.empty() && array.strings.size() == 1;
  if (!scalar) array.shape.push_back(static_cast<std::int64_t>(array.strings.size()));
  return array;
}

// The numbers count up and start again soon, so that they are good as positions and as words of a vocabulary too.
template <typename Number>
void AppendNumbers(std::int64_t count, Number (*value)(std::int64_t), std::string* bytes) {
  for (std::int64_t i = 0; i < count; ++i) {
    const Number number = value(i);
    char raw[sizeof(Number)];
    std::memcpy(raw, &number, sizeof(Number));
    bytes->append(raw, sizeof(Number));
  }
}

template <typename Number>
Number Fraction(std::int64_t i) {
  return static_cast<Number>(static_cast<double>(i * 37 % 101) / 100);
}

// The nearest half or bfloat16 of i * 37 % 4 / 4, which both have exactly.
std::uint16_t Half(std::int64_t i) {
  constexpr std::uint16_t kQuarters[] = {0x0000, 0x3400, 0x3800, 0x3a00};
  return kQuarters[i * 37 % 4];
}

std::uint16_t Bfloat16(std::int64_t i) {
  constexpr std::uint16_t kQuarters[] = {0x0000, 0x3e80, 0x3f00, 0x3f40};
  return kQuarters[i * 37 % 4];
}

std::string Pattern(const Dtype& dtype, std::int64_t count) {
  std::string bytes;
  const bool complex = dtype.kind == Kind::kComplex;
  const std::int64_t numbers = complex ? 2 * count : count;
  const int size = complex ? dtype.size / 2 : dtype.size;
  if (dtype.kind == Kind::kBfloat16) {
    AppendNumbers<std::uint16_t>(numbers, Bfloat16, &bytes);
  } else if (complex || dtype.kind == Kind::kFloat) {
    if (size == 2) AppendNumbers<std::uint16_t>(numbers, Half, &bytes);
    if (size == 4) AppendNumbers<float>(numbers, Fraction<float>, &bytes);
    if (size == 8) AppendNumbers<double>(numbers, Fraction<double>, &bytes);
  } else {
    // Little-endian, as .npy files are.
    for (std::int64_t i = 0; i < numbers; ++i) {
      bytes.push_back(static_cast<char>(dtype.kind == Kind::kBool ? i % 2 : i % 3));
      bytes.append(static_cast<std::size_t>(size - 1), '\0');
    }
  }
  return bytes;
}

}  // namespace

tensorflow::Tensor ReadInput(const Endpoint& input, const std::string& file) {
  const bool lines = file[0] == '@';
  const std::string path = lines ? file.substr(1) : file;
  const Array array = lines ? ReadLines(path, input) : ParseNpy(path, ReadFile(path));
  const Dtype* dtype = input.dtype == 0 ? DtypeOfNpy(array.type) : FindDtype(input.dtype);
  if (dtype == nullptr || array.type != dtype->npy) {
    WrongInput(path + ": has elements of numpy's type " + array.type + ", and input \"" + input.name + "\" is " +
               TypeAndShape(input) + (dtype == nullptr ? "" : std::string("; it needs ") + dtype->npy));
  }
  if (!Fits(array.shape, input) || array.shape.size() > kMostDimensions) {
    WrongInput(path + ": has the shape " + ShapeText(array.shape) + ", and input \"" + input.name + "\" is " +
               TypeAndShape(input));
  }
  return MakeTensor(array, *dtype);
}

tensorflow::Tensor FillInput(const Endpoint& input) {
  const Dtype* dtype = FindDtype(input.dtype);
  if (dtype == nullptr) WrongInput("input \"" + input.name + "\" is " + TypeAndShape(input) + ": feed another tensor");
  Array array{dtype->npy, input.shape, "", {}};
  for (std::int64_t& size : array.shape) size = size < 0 ? 1 : size;
  const std::int64_t count = ElementCount(array.shape);
  if (count < 0 || count > kMostFilled || array.shape.size() > kMostDimensions) {
    WrongInput("input \"" + input.name + "\" is " + TypeAndShape(input) + ": too large to be filled");
  }
  if (dtype->kind == Kind::kString) {
    array.strings.assign(static_cast<std::size_t>(count), "text");
  } else {
    array.bytes = Pattern(*dtype, count);
  }
  return MakeTensor(array, *dtype);
}

}  // namespace run_model
