package dev.keiryo.train.data;

import dev.keiryo.FormatException;
import java.io.IOException;

/** Documents of plain text, told apart as {@link TextUnit} says. */
final class TextLines {
    private final String source;
    private final ReadOptions options;
    private final DocumentSink sink;
    private final StringBuilder text = new StringBuilder();
    private long bytes;
    private long begin = 1;
    private boolean blank = true;

    TextLines(String source, ReadOptions options, DocumentSink sink) {
        this.source = source;
        this.options = options;
        this.sink = sink;
    }

    void read(LineReader lines) throws IOException {
        TextUnit unit = options.unit();
        for (byte[] raw = lines.next(); raw != null; raw = lines.next()) {
            String line = lines.decode(raw);
            switch (unit.kind()) {
                case FILE -> add(line, raw.length, lines.line());
                case LINE -> {
                    add(line, raw.length, lines.line());
                    end();
                }
                case PARAGRAPH -> {
                    if (line.isBlank()) {
                        end();
                    } else {
                        add(line, raw.length, lines.line());
                    }
                }
                case SEPARATOR -> {
                    int from = 0;
                    for (int at = line.indexOf(unit.separator()); at >= 0; at = line.indexOf(unit.separator(), from)) {
                        if (at > from) {
                            add(line.substring(from, at), at - from, lines.line());
                        }
                        end();
                        from = at + unit.separator().length();
                    }
                    if (from < line.length() || from == 0) {
                        add(line.substring(from), raw.length, lines.line());
                    }
                }
            }
        }
        end();
    }

    private void add(String line, int size, long number) throws FormatException {
        if (text.isEmpty()) {
            begin = number;
        } else {
            text.append('\n');
        }
        blank &= line.isBlank();
        text.append(line);
        bytes += size + 1L;
        if (bytes - 1 > options.limit()) {
            throw new FormatException(
                    source,
                    "line " + number + ": the document that begins at line " + begin + " is longer than the limit of "
                            + options.limit()
                            + " bytes; raise the limit, or say where documents end (paragraph, line, separator=MARK)");
        }
        if (blank) {
            // a document begins with its first words
            text.setLength(0);
            bytes = 0;
        }
    }

    private void end() throws IOException {
        if (!blank) {
            sink.accept(new Document(text.toString(), source, begin));
        }
        text.setLength(0);
        bytes = 0;
        blank = true;
    }
}
