#include "tensorflow/core/framework/node_def_util.h"

#include <map>

#include "tensorflow/core/platform/errors.h"
#include "tensorflow/core/platform/protobuf.h"

namespace tensorflow {
namespace {

Status Find(const NodeDef& node_def, StringPiece name, AttrValue::ValueCase expected, const AttrValue** value) {
  const auto found = node_def.attr().find(std::string(name));
  if (found == node_def.attr().end()) {
    return errors::NotFound("No attr named '", name, "' in NodeDef: ", FormatNodeForError(node_def));
  }
  if (found->second.value_case() != expected) {
    return errors::InvalidArgument("AttrValue of '", name, "' has another type than expected in ",
                                   FormatNodeForError(node_def));
  }
  *value = &found->second;
  return OkStatus();
}

std::string Summary(const AttrValue& value) {
  switch (value.value_case()) {
    case AttrValue::kS:
      return "\"" + value.s() + "\"";
    case AttrValue::kI:
      return std::to_string(value.i());
    case AttrValue::kF:
      return std::to_string(value.f());
    case AttrValue::kB:
      return value.b() ? "true" : "false";
    case AttrValue::kType:
      return "DT_" + DataType_Name(value.type()).substr(3);
    case AttrValue::kShape:
      return ShapeDebugString(value.shape());
    default:
      return "...";
  }
}

}  // namespace

#define DEFINE_GET_ATTR(TYPE, CASE, EXPRESSION)                                     \
  Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, TYPE* value) { \
    const AttrValue* found;                                                         \
    TF_RETURN_IF_ERROR(Find(node_def, attr_name, AttrValue::CASE, &found));         \
    *value = found->EXPRESSION;                                                     \
    return OkStatus();                                                              \
  }

DEFINE_GET_ATTR(std::string, kS, s())
DEFINE_GET_ATTR(int64_t, kI, i())
DEFINE_GET_ATTR(int32, kI, i())
DEFINE_GET_ATTR(float, kF, f())
DEFINE_GET_ATTR(bool, kB, b())
DEFINE_GET_ATTR(DataType, kType, type())
DEFINE_GET_ATTR(TensorShapeProto, kShape, shape())

#undef DEFINE_GET_ATTR

Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, Tensor* value) {
  const AttrValue* found;
  TF_RETURN_IF_ERROR(Find(node_def, attr_name, AttrValue::kTensor, &found));
  if (value->FromProto(found->tensor())) return OkStatus();
  return errors::InvalidArgument("Cannot parse tensor from proto: ", FormatNodeForError(node_def));
}

Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, std::vector<int32>* value) {
  const AttrValue* found;
  TF_RETURN_IF_ERROR(Find(node_def, attr_name, AttrValue::kList, &found));
  value->assign(found->list().i().begin(), found->list().i().end());
  return OkStatus();
}

Status GetNodeAttr(const NodeDef& node_def, StringPiece attr_name, std::vector<DataType>* value) {
  const AttrValue* found;
  TF_RETURN_IF_ERROR(Find(node_def, attr_name, AttrValue::kList, &found));
  value->clear();
  for (int dtype : found->list().type()) value->push_back(static_cast<DataType>(dtype));
  return OkStatus();
}

void AddDefaultsToNodeDef(const OpDef& op_def, NodeDef* node_def) {
  for (const OpDef::AttrDef& attr : op_def.attr()) {
    if (attr.has_default_value() && !node_def->attr().contains(attr.name())) {
      (*node_def->mutable_attr())[attr.name()] = attr.default_value();
    }
  }
}

Status NumOutputs(const OpDef& op_def, const NodeDef& node_def, int* count) {
  *count = 0;
  for (const OpDef::ArgDef& arg : op_def.output_arg()) {
    int32 number = 1;
    if (!arg.number_attr().empty()) TF_RETURN_IF_ERROR(GetNodeAttr(node_def, arg.number_attr(), &number));
    if (!arg.type_list_attr().empty()) {
      std::vector<DataType> dtypes;
      TF_RETURN_IF_ERROR(GetNodeAttr(node_def, arg.type_list_attr(), &dtypes));
      number = static_cast<int32>(dtypes.size());
    }
    if (number < 0 || number > (1 << 16))
      return errors::InvalidArgument("Too many outputs: ", FormatNodeForError(node_def));
    *count += number;
  }
  return OkStatus();
}

std::string FormatNodeForError(const NodeDef& node_def) { return strings::StrCat("{{node ", node_def.name(), "}}"); }

std::string SummarizeAttrs(const NodeDef& node_def) {
  // In the order of their names, as a map of a proto has none.
  std::map<std::string, std::string> attrs;
  for (const auto& attr : node_def.attr()) attrs[attr.first] = Summary(attr.second);
  std::string text;
  for (const auto& attr : attrs) text += (text.empty() ? "" : ", ") + attr.first + "=" + attr.second;
  return "[" + text + "]";
}

}  // namespace tensorflow
