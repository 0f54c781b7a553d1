// Whole files, in and out.

#ifndef OPSIEVE_RUN_MODEL_FILES_H_
#define OPSIEVE_RUN_MODEL_FILES_H_

#include <string>

namespace run_model {

bool IsFile(const std::string& path);

// Ends the program with status 2 when the file cannot be read, or is larger than a protocol buffer can be (2 GiB).
std::string ReadFile(const std::string& path);

// Ends the program with status 2 when the file cannot be written.
void WriteFile(const std::string& path, const std::string& content);

void MakeFolder(const std::string& path);

std::string JoinPath(const std::string& folder, const std::string& name);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_FILES_H_
