package dev.keiryo.cli;

import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Comparison;
import dev.keiryo.measure.report.FigureTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A comparison for the terminal: a row for each model, then the samples. */
record ComparisonTable(Comparison comparison) {
    String text() {
        List<List<String>> columns = new ArrayList<>();
        for (FigureTable.Column column : new FigureTable(comparison).columns()) {
            List<String> cells = new ArrayList<>(List.of(column.title()));
            comparison.models().forEach(m -> cells.add(column.cell().apply(m)));
            columns.add(cells);
        }
        StringBuilder text = new StringBuilder();
        for (int row = 0; row <= comparison.models().size(); row++) {
            StringBuilder line = new StringBuilder();
            for (List<String> column : columns) {
                String cell = column.get(row);
                String padding = " "
                        .repeat(column.stream().mapToInt(String::length).max().orElse(0) - cell.length());
                line.append(line.isEmpty() ? cell + padding : "  " + padding + cell);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        text.append("inputs of quantized weights: ")
                .append(comparison.activations())
                .append('\n');
        comparison.models().forEach(m -> sample(m, text));
        return text.toString().stripTrailing();
    }

    private void sample(ComparedModel model, StringBuilder text) {
        ComparedModel.Sample sample = model.sample();
        if (sample == null) {
            return;
        }
        text.append('\n').append(model.name());
        if (!model.equals(comparison.reference())) {
            text.append(
                    String.format(Locale.ROOT, ", %d of %d tokens as the reference", sample.same(), sample.tokens()));
        }
        text.append(":\n").append(comparison.prompt()).append(sample.text()).append('\n');
    }
}
