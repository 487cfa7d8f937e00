#include "quant/layer_figure.h"

#include <cmath>

#include "report/line_plot.h"

namespace lockstep::quant {

FigureScript LayerFigure(const std::vector<LayerMeasurement>& layers) {
  LinePlot plot;
  plot.x_label = "stored activation (# of the table)";
  plot.y_label = "SQNR (dB)";
  plot.x_ticks_at_points = layers.size() <= 30;  // more would overlap
  plot.series = {{"", {}}};
  for (size_t i = 0; i < layers.size(); ++i) {
    const double sqnr = layers[i].errors.SqnrDb();
    if (std::isfinite(sqnr))
      plot.series[0].points.push_back({1.0 * (i + 1), {sqnr, {}}});
  }
  if (plot.series[0].points.size() < 2) return {};
  return {"sqnr",
          "How far each stored activation is from fp32; higher is better.",
          LinePlotScript(plot), 760, 320};
}

}  // namespace lockstep::quant
