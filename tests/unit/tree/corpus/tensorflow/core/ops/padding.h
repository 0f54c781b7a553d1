#ifndef TENSORFLOW_CORE_OPS_PADDING_H_
#define TENSORFLOW_CORE_OPS_PADDING_H_
namespace tensorflow {
std::string GetPaddingText();
inline std::string GetModeText() { return "mode: {'REFLECT', 'SYMMETRIC'}"; }
}  // namespace tensorflow
#endif  // TENSORFLOW_CORE_OPS_PADDING_H_
