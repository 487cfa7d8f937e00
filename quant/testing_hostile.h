// The real //quant:eval on files that it must refuse: with one line and exit
// code 2, in less than a second and 200 MB.

#ifndef LOCKSTEP_QUANT_TESTING_HOSTILE_H_
#define LOCKSTEP_QUANT_TESTING_HOSTILE_H_

#include <cstdint>
#include <string>

namespace lockstep::quant {

#ifdef LOCKSTEP_SANITIZED
constexpr int64_t kMaxResident = int64_t{2} << 30;  // shadow and quarantine
constexpr double kMaxSeconds = 10;
#else
constexpr int64_t kMaxResident = 200 << 20;
constexpr double kMaxSeconds = 1;
#endif

// The program, with `flags` more, refuses the file for a reason that contains
// `why`.
void ExpectFileRefused(const std::string& path, const std::string& why,
                       const std::string& flags = "");

// The path of a new model.onnx.
std::string WriteModel(const std::string& bytes);

// ExpectFileRefused of such a file.
void ExpectRefused(const std::string& bytes, const std::string& why);

std::string Repeated(const std::string& text, size_t count);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_TESTING_HOSTILE_H_
