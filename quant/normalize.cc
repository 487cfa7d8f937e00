#include "quant/normalize.h"

#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lockstep::quant {
namespace {

using Channels = std::array<float, kCifarChannels>;

absl::StatusOr<Channels> Parse(const std::string& what, const std::string& text,
                               float low, float high) {
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  Channels channels;
  bool good = parts.size() == channels.size();
  for (size_t c = 0; good && c < channels.size(); ++c)
    good = absl::SimpleAtof(parts[c], &channels[c]) && channels[c] >= low &&
           channels[c] <= high;
  if (good) return channels;
  return absl::InvalidArgumentError(absl::StrCat(
      what, " is '", text, "'; expected R,G,B, each in ", low, " to ", high));
}

absl::StatusOr<NormalizationChoice> ParseBoth(const std::string& source,
                                              const std::string& mean_name,
                                              const std::string& mean,
                                              const std::string& std_name,
                                              const std::string& std) {
  if (mean.empty() || std.empty())
    return absl::InvalidArgumentError(absl::StrCat(
        "only one of ", mean_name, " and ", std_name, " is given; give both"));
  const absl::StatusOr<Channels> means = Parse(mean_name, mean, 0, 1);
  if (!means.ok()) return means.status();
  const absl::StatusOr<Channels> stds = Parse(std_name, std, 0.001f, 100);
  if (!stds.ok()) return stds.status();
  return NormalizationChoice{{*means, *stds}, source};
}

std::string Lookup(const std::map<std::string, std::string>& metadata,
                   const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? "" : found->second;
}

}  // namespace

std::vector<float> NormalizeImages(const ImageSet& images, size_t begin,
                                   size_t end,
                                   const Normalization& normalization) {
  std::vector<float> out((end - begin) * kCifarPixels);
  for (size_t i = begin; i < end; ++i)
    AugmentAndNormalize(images.image(i), Augmentation(), normalization,
                        out.data() + (i - begin) * kCifarPixels);
  return out;
}

absl::StatusOr<NormalizationChoice> ChooseNormalization(
    const std::map<std::string, std::string>& metadata, const std::string& mean,
    const std::string& std) {
  const std::string model_mean = Lookup(metadata, "lockstep.mean");
  const std::string model_std = Lookup(metadata, "lockstep.std");
  if (!model_mean.empty() || !model_std.empty())
    return ParseBoth("the model's metadata", "metadata lockstep.mean",
                     model_mean, "metadata lockstep.std", model_std);
  if (!mean.empty() || !std.empty())
    return ParseBoth("--mean and --std", "--mean", mean, "--std", std);
  return NormalizationChoice{Normalization(), "CIFAR-10's defaults"};
}

}  // namespace lockstep::quant
