// Histograms of all layers as figures for the report.

#ifndef LOCKSTEP_QUANT_HISTOGRAM_FIGURES_H_
#define LOCKSTEP_QUANT_HISTOGRAM_FIGURES_H_

#include <vector>

#include "quant/value_histograms.h"
#include "report/draw_figure.h"

namespace lockstep::quant {

// A row of three panels a layer: weights, activations, biases; a figure holds
// as many layers as a printed page.
std::vector<FigureScript> HistogramFigures(
    const std::vector<LayerHistograms>& layers);

}  // namespace lockstep::quant

#endif  // LOCKSTEP_QUANT_HISTOGRAM_FIGURES_H_
