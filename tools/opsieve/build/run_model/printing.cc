#include "printing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace run_model {
namespace {

constexpr std::size_t kShownValues = 8;
constexpr std::size_t kShownBytes = 200;

template <typename Number>
Number At(const char* data) {
  Number number;
  std::memcpy(&number, data, sizeof(Number));
  return number;
}

float FromBits(std::uint32_t bits) { return At<float>(reinterpret_cast<const char*>(&bits)); }

float FromHalf(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 31;
  const std::uint32_t fraction = half & 0x3ff;
  if (exponent == 31) return FromBits(sign | 0x7f800000 | fraction << 13);
  if (exponent == 0) return (sign != 0 ? -1.0f : 1.0f) * std::ldexp(static_cast<float>(fraction), -24);
  return FromBits(sign | (exponent + 112) << 23 | fraction << 13);
}

// The digits are those that give the same number again when read.
std::string Decimal(double number, int digits) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, number);
  return text;
}

std::string FloatText(const char* data, int size) {
  if (size == 2) return Decimal(FromHalf(At<std::uint16_t>(data)), 5);
  if (size == 4) return Decimal(At<float>(data), 9);
  return Decimal(At<double>(data), 17);
}

std::string SignedText(const char* data, int size) {
  if (size == 1) return std::to_string(At<std::int8_t>(data));
  if (size == 2) return std::to_string(At<std::int16_t>(data));
  if (size == 4) return std::to_string(At<std::int32_t>(data));
  return std::to_string(At<std::int64_t>(data));
}

std::string UnsignedText(const char* data, int size) {
  if (size == 1) return std::to_string(At<std::uint8_t>(data));
  if (size == 2) return std::to_string(At<std::uint16_t>(data));
  if (size == 4) return std::to_string(At<std::uint32_t>(data));
  return std::to_string(At<std::uint64_t>(data));
}

// The bytes of the UTF-8 character that starts at `text[i]`, 0 where none does.
std::size_t Utf8Length(const std::string& text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  std::size_t length = 0;
  if (byte < 0x80) length = 1;
  if (byte >= 0xc2 && byte < 0xe0) length = 2;
  if (byte >= 0xe0 && byte < 0xf0) length = 3;
  if (byte >= 0xf0 && byte < 0xf5) length = 4;
  if (i + length > text.size()) return 0;
  for (std::size_t j = 1; j < length; ++j) {
    if ((static_cast<unsigned char>(text[i + j]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

// A JSON string. Bytes that are no UTF-8 are printed as the characters of their numbers (Latin-1).
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = Utf8Length(text, i);
    if (byte == '"' || byte == '\\') {
      quoted += '\\';
      quoted += text[i];
    } else if (byte == '\n') {
      quoted += "\\n";
    } else if (byte < 0x20 || byte == 0x7f || length == 0) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", byte);
      quoted += escaped;
    } else {
      quoted.append(text, i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  return quoted + "\"";
}

std::string StringText(const std::string& text) {
  return text.size() <= kShownBytes ? Quoted(text) : Quoted(text.substr(0, kShownBytes) + "...");
}

std::string Value(const Output& output, std::size_t index) {
  const Dtype& type = *output.type;
  if (type.kind == Kind::kString) return StringText(output.array.strings[index]);
  const char* data = output.array.bytes.data() + index * static_cast<std::size_t>(type.size);
  switch (type.kind) {
    case Kind::kFloat:
      return FloatText(data, type.size);
    case Kind::kBfloat16:
      return Decimal(FromBits(static_cast<std::uint32_t>(At<std::uint16_t>(data)) << 16), 4);
    case Kind::kSigned:
      return SignedText(data, type.size);
    case Kind::kBool:
      return *data != 0 ? "true" : "false";
    default:
      return UnsignedText(data, type.size);
  }
}

std::size_t Count(const Output& output) {
  if (output.type == nullptr) return 0;
  if (output.type->kind == Kind::kString) return output.array.strings.size();
  return output.array.bytes.size() / static_cast<std::size_t>(output.type->size);
}

std::string Shape(const Array& array) {
  std::string text = "[";
  for (std::size_t i = 0; i < array.shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(array.shape[i]);
  return text + "]";
}

std::vector<std::string> ComplexParts(const Output& output, std::size_t index) {
  const int half = output.type->size / 2;
  const char* data = output.array.bytes.data() + index * static_cast<std::size_t>(output.type->size);
  return {FloatText(data, half), FloatText(data + half, half)};
}

std::string AsJsonNumber(const std::string& text) {
  return text == "nan" || text == "inf" || text == "-inf" ? "\"" + text + "\"" : text;
}

std::string JsonValue(const Output& output, std::size_t index) {
  if (output.type->kind != Kind::kComplex) return AsJsonNumber(Value(output, index));
  const auto parts = ComplexParts(output, index);
  return "[" + AsJsonNumber(parts[0]) + ", " + AsJsonNumber(parts[1]) + "]";
}

std::string TextValue(const Output& output, std::size_t index) {
  if (output.type->kind != Kind::kComplex) return Value(output, index);
  const auto parts = ComplexParts(output, index);
  return parts[0] + (parts[1][0] == '-' ? "" : "+") + parts[1] + "j";
}

}  // namespace

std::string AsText(const Output& output) {
  std::string text = output.name + " " + output.dtype + " " + Shape(output.array);
  if (output.type == nullptr) return text + " (no data)";
  const std::size_t count = Count(output);
  for (std::size_t i = 0; i < std::min(count, kShownValues); ++i) text += " " + TextValue(output, i);
  return count > kShownValues ? text + " ..." : text;
}

std::string AsJson(const std::vector<Output>& outputs) {
  std::string text = "{\"outputs\": [";
  for (const Output& output : outputs) {
    if (&output != &outputs.front()) text += ",";
    text += "\n  {\"name\": " + Quoted(output.name) + ", \"dtype\": \"" + output.dtype + "\", \"shape\": " +
            Shape(output.array) + ", \"values\": [";
    for (std::size_t i = 0; i < std::min(Count(output), kShownValues); ++i) {
      text += (i > 0 ? ", " : "") + JsonValue(output, i);
    }
    text += "]";
    if (!output.file.empty()) text += ", \"file\": " + Quoted(output.file);
    text += "}";
  }
  return text + "\n]}";
}

}  // namespace run_model
