#include "tensorflow/core/framework/op_def_builder.h"

#include <cstdlib>
#include <utility>

#include "tensorflow/core/framework/types.h"
#include "tensorflow/core/platform/errors.h"

namespace tensorflow {
namespace {

std::string Stripped(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// "name: what" in two.
bool Split(const std::string& spec, std::string* name, std::string* what) {
  const size_t colon = spec.find(':');
  if (colon == std::string::npos) return false;
  *name = Stripped(spec.substr(0, colon));
  *what = Stripped(spec.substr(colon + 1));
  return !name->empty() && !what->empty();
}

std::string Unquoted(const std::string& text) {
  const bool quoted = text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0];
  return quoted ? text.substr(1, text.size() - 2) : text;
}

bool ParseScalar(const std::string& type, const std::string& text, AttrValue* value) {
  DataType dtype;
  if (type == "string") {
    value->set_s(Unquoted(text));
  } else if (type == "int") {
    value->set_i(std::strtoll(text.c_str(), nullptr, 10));
  } else if (type == "float") {
    value->set_f(std::strtof(text.c_str(), nullptr));
  } else if (type == "bool" && (text == "true" || text == "false")) {
    value->set_b(text == "true");
  } else if (type == "type" && DataTypeFromString(text, &dtype)) {
    value->set_type(dtype);
  } else if (type == "shape" && text == "{ unknown_rank: true }") {
    value->mutable_shape()->set_unknown_rank(true);
  } else {
    return false;
  }
  return true;
}

// "[1, 1]" for a list(int).
bool ParseList(const std::string& type, const std::string& text, AttrValue* value) {
  if (text.size() < 2 || text[0] != '[' || text.back() != ']') return false;
  AttrValue::ListValue* list = value->mutable_list();
  size_t start = 1;
  while (start + 1 < text.size()) {
    size_t end = text.find(',', start);
    if (end == std::string::npos) end = text.size() - 1;
    AttrValue item;
    if (!ParseScalar(type, Stripped(text.substr(start, end - start)), &item)) return false;
    if (type == "int") list->add_i(item.i());
    if (type == "type") list->add_type(item.type());
    if (type == "string") list->add_s(item.s());
    start = end + 1;
  }
  return true;
}

// "{float, double} = DT_FLOAT", "list(int) >= 4", "int = 1"
bool ParseAttr(const std::string& what, OpDef::AttrDef* attr) {
  size_t end = what.find_first_of("=>");
  if (what[0] == '{') {
    end = what.find('=', what.find('}'));
    attr->set_type(what.find_first_of("'\"") < what.find('}') ? "string" : "type");
  } else {
    attr->set_type(Stripped(what.substr(0, end)));
    if (attr->type().find('{') != std::string::npos) {
      attr->set_type(attr->type().find_first_of("'\"") == std::string::npos ? "list(type)" : "list(string)");
    }
  }
  if (end != std::string::npos && what[end] == '>') {
    end = what.find('=', what.find('=', end) + 1);
  }
  if (end == std::string::npos) return true;
  const std::string& type = attr->type();
  const std::string text = Stripped(what.substr(end + 1));
  if (type.rfind("list(", 0) == 0) {
    return ParseList(type.substr(5, type.size() - 6), text, attr->mutable_default_value());
  }
  return ParseScalar(type, text, attr->mutable_default_value());
}

bool ParseArg(const std::string& spec, const OpDef& op_def, OpDef::ArgDef* arg) {
  std::string what;
  if (!Split(spec, arg->mutable_name(), &what)) return false;
  const size_t star = what.find('*');
  if (star != std::string::npos) {
    arg->set_number_attr(Stripped(what.substr(0, star)));
    what = Stripped(what.substr(star + 1));
  }
  for (const OpDef::AttrDef& attr : op_def.attr()) {
    if (attr.name() != what) continue;
    if (attr.type() == "list(type)") {
      arg->set_type_list_attr(what);
    } else {
      arg->set_type_attr(what);
    }
    return true;
  }
  DataType dtype;
  if (!DataTypeFromString(what, &dtype)) return false;
  arg->set_type(dtype);
  return true;
}

}  // namespace

OpDefBuilder::OpDefBuilder(std::string op_name) : name_(std::move(op_name)) {}

OpDefBuilder& OpDefBuilder::Attr(std::string spec) {
  attrs_.push_back(std::move(spec));
  return *this;
}

OpDefBuilder& OpDefBuilder::Input(std::string spec) {
  inputs_.push_back(std::move(spec));
  return *this;
}

OpDefBuilder& OpDefBuilder::Output(std::string spec) {
  outputs_.push_back(std::move(spec));
  return *this;
}

OpDefBuilder& OpDefBuilder::SetIsStateful() {
  is_stateful_ = true;
  return *this;
}

// Shapes are found by running in this tree.
OpDefBuilder& OpDefBuilder::SetShapeFn(OpShapeInferenceFn fn) { return *this; }

OpDefBuilder& OpDefBuilder::Doc(std::string text) { return *this; }

Status OpDefBuilder::Finalize(OpDef* op_def) const {
  op_def->set_name(name_);
  op_def->set_is_stateful(is_stateful_);
  for (const std::string& spec : attrs_) {
    std::string what;
    OpDef::AttrDef* attr = op_def->add_attr();
    if (!Split(spec, attr->mutable_name(), &what) || !ParseAttr(what, attr)) {
      return errors::InvalidArgument("Trouble parsing \"", spec, "\" of Attr() of Op ", name_);
    }
  }
  for (const auto* specs : {&inputs_, &outputs_}) {
    for (const std::string& spec : *specs) {
      if (!ParseArg(spec, *op_def, specs == &inputs_ ? op_def->add_input_arg() : op_def->add_output_arg())) {
        return errors::InvalidArgument("Trouble parsing \"", spec, "\" of Op ", name_);
      }
    }
  }
  return OkStatus();
}

}  // namespace tensorflow
