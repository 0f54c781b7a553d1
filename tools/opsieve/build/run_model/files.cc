#include "files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <system_error>

#include "messages.h"

namespace run_model {
namespace fs = std::filesystem;

bool IsFile(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::string ReadFile(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) WrongInput(path + ": is a folder, not a file");
  std::ifstream file(path, std::ios::binary);
  if (!file) WrongInput(path + ": cannot be read: " + std::strerror(errno));
  std::string content;
  std::string block(1 << 20, '\0');
  while (file.read(&block[0], static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    content.append(block, 0, static_cast<std::size_t>(file.gcount()));
    if (content.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      WrongInput(path + ": is larger than 2 GiB");
    }
  }
  if (file.bad()) WrongInput(path + ": cannot be read to its end");
  return content;
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) WrongInput(path + ": cannot be written: " + std::strerror(errno));
}

void MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) WrongInput(path + ": this folder cannot be made: " + error.message());
}

std::string JoinPath(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

}  // namespace run_model
