#include "quant/bench_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace lockstep::quant {
namespace {

double MillisecondsPerImage(const BenchCell& cell, int threads) {
  return 1e3 * threads / cell.images_per_second.Median();
}

double GigaMacs(const BenchCell& cell, int64_t macs) {
  return cell.images_per_second.Median() * macs / 1e9;
}

std::string Row(const BenchCell& cell, const BenchContext& c) {
  const Rates& rates = cell.images_per_second;
  return absl::StrFormat(
      "| %d | %.1f | %.1f | %.1f %% | %.3f | %.1f |\n", cell.batch,
      rates.Median(), rates.Best(), rates.SpreadPercent(),
      MillisecondsPerImage(cell, c.threads), GigaMacs(cell, c.macs));
}

// `text` in quotes; a path or a CPU's name may hold anything.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const unsigned char c : text) {
    if (c < 0x20)
      absl::StrAppendFormat(&out, "\\u%04x", c);
    else if (c == '"' || c == '\\')
      out += {'\\', char(c)};
    else
      out += c;
  }
  return out + "\"";
}

std::string CellJson(const BenchCell& cell, const BenchContext& c) {
  const Rates& rates = cell.images_per_second;
  return absl::StrFormat(
      "{\"batch\": %d, \"median\": %.6g, \"best\": %.6g, "
      "\"spread_percent\": %.4g, \"ms_per_image\": %.6g, "
      "\"gmac_per_second\": %.6g, \"samples\": [%s]}",
      cell.batch, rates.Median(), rates.Best(), rates.SpreadPercent(),
      MillisecondsPerImage(cell, c.threads), GigaMacs(cell, c.macs),
      absl::StrJoin(rates.samples, ", "));
}

}  // namespace

std::string BenchTable(const std::vector<BenchCell>& cells,
                       const BenchContext& c) {
  std::string text =
      "# int8 throughput\n\n"
      "| batch | images/s, median | best | spread | ms/image a thread | "
      "GMAC/s |\n|---:|---:|---:|---:|---:|---:|\n";
  for (const BenchCell& cell : cells) absl::StrAppend(&text, Row(cell, c));
  absl::StrAppendFormat(&text,
                        "\n- model: %s (%.1f M multiplications an image)\n"
                        "- kernel: %s (%s)\n"
                        "- CPU: %s, %d threads, a batch each\n"
                        "- %d samples of about %g s each, after a warm-up\n",
                        c.model, c.macs / 1e6, c.isa, c.description, c.cpu,
                        c.threads, c.sampling.repeats, c.sampling.seconds);
  return text;
}

std::string LayerTable(const std::vector<LayerProfile>& layers,
                       const Peak& peak, size_t images) {
  double total = 0;
  for (const LayerProfile& layer : layers) total += layer.microseconds;
  std::string table = absl::StrFormat(
      "\nLayers in a batch of %d on one core, of %.0f us an image. Measured "
      "peaks: u8 x s8 %.0f GMAC/s, s16 x s16 %.0f GMAC/s, reading %.0f GB/s.\n"
      "\n| layer | shape | kernel | us/image | of net | nominal GMAC/s | "
      "products at peak | weights | rest |\n"
      "|---|---|---|---:|---:|---:|---:|---:|---:|\n",
      images, total, peak.u8s8_gmacs, peak.s16_gmacs, peak.read_gbps);
  for (const LayerProfile& layer : layers) {
    const double products = layer.ProductShare();
    const double weights = layer.WeightShare(peak, images);
    absl::StrAppendFormat(
        &table,
        "| %s | %s | %s | %.1f | %.1f %% | %.0f | %.0f %% | %.0f %% | %.0f %% "
        "|\n",
        layer.name, layer.shape, layer.kernel, layer.microseconds,
        100 * layer.microseconds / total, layer.NominalGmacs(), 100 * products,
        100 * weights, std::max(0.0, 100 * (1 - products - weights)));
  }
  return table;
}

std::string BenchJson(const std::vector<BenchCell>& cells,
                      const BenchContext& c) {
  std::vector<std::string> rows;
  for (const BenchCell& cell : cells) rows.push_back(CellJson(cell, c));
  return absl::StrFormat(
      "{\"engine\": \"lockstep\", \"model\": %s, \"isa\": %s, \"kernel\": %s, "
      "\"cpu\": %s, \"threads\": %d, \"seconds\": %g, \"macs\": %d,\n"
      " \"cells\": [\n  %s]}\n",
      Quoted(c.model), Quoted(c.isa), Quoted(c.description), Quoted(c.cpu),
      c.threads, c.sampling.seconds, c.macs, absl::StrJoin(rows, ",\n  "));
}

}  // namespace lockstep::quant
