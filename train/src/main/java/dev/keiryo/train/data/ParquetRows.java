package dev.keiryo.train.data;

import dev.hardwood.InputFile;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.StructAccessor;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.ColumnSchema;
import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/** Documents of a Parquet file: one column's text, row by row; null is a text without characters. */
final class ParquetRows {
    /** Held, as loggers that nobody holds lose their level. */
    private static final Logger LIBRARY = Logger.getLogger("dev.hardwood");

    static {
        // It tells how it decodes, which is of no use to who reads a file.
        if (LIBRARY.getLevel() == null) {
            LIBRARY.setLevel(Level.WARNING);
        }
        // Snappy's pages are unpacked in Java: no native library is put into the folder for temporary files.
        if (System.getProperty("org.xerial.snappy.purejava") == null) {
            System.setProperty("org.xerial.snappy.purejava", "true");
        }
    }

    private final String source;
    private final ReadOptions options;
    private final String[] path;

    ParquetRows(String source, ReadOptions options) {
        this.source = source;
        this.options = options;
        path = options.field().split("\\.", -1);
    }

    void read(Path file, DocumentSink sink) throws IOException {
        read(InputFile.of(file), sink);
    }

    void read(InputFile file, DocumentSink sink) throws IOException {
        long row = 0;
        try (ParquetFileReader reader = ParquetFileReader.open(file)) {
            check(reader);
            try (RowReader rows = reader.buildRowReader()
                    .projection(ColumnProjection.columns(options.field()))
                    .build()) {
                while (rows.hasNext()) {
                    row++;
                    rows.next();
                    String text = text(rows);
                    if (text.length() > options.limit()) {
                        throw new FormatException(
                                source,
                                "row " + row + ": the text is longer than the limit of " + options.limit()
                                        + " bytes; raise the limit");
                    }
                    deliver(sink, new Document(text, source, row));
                }
            }
        } catch (SinkFailure e) {
            throw e.failure;
        } catch (FormatException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // The library tells corrupt files by many kinds of exceptions.
            throw new FormatException(
                    source,
                    (row == 0 ? "is no Parquet file that can be read: " : "after row " + row + ": ") + reason(e),
                    e);
        }
    }

    /** Errors of who takes the documents are not the file's. */
    private static void deliver(DocumentSink sink, Document document) throws SinkFailure {
        try {
            sink.accept(document);
        } catch (IOException e) {
            throw new SinkFailure(e);
        }
    }

    private static final class SinkFailure extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient IOException failure;

        SinkFailure(IOException failure) {
            super(failure);
            this.failure = failure;
        }
    }

    private String text(RowReader rows) {
        StructAccessor at = rows;
        for (int i = 0; i < path.length - 1; i++) {
            if (at.isNull(path[i])) {
                return "";
            }
            at = at.getStruct(path[i]);
        }
        String leaf = path[path.length - 1];
        return at.isNull(leaf) ? "" : at.getString(leaf);
    }

    private void check(ParquetFileReader reader) throws FormatException {
        String all = reader.getFileSchema().getColumns().stream()
                .map(c -> String.join(".", c.fieldPath().elements()))
                .limit(16)
                .collect(Collectors.joining(", "));
        ColumnSchema column = reader.getFileSchema().getColumns().stream()
                .filter(c -> String.join(".", c.fieldPath().elements()).equals(options.field()))
                .findFirst()
                .orElseThrow(() -> new FormatException(
                        source,
                        "has no column " + options.field() + ", but " + all
                                + "; name the one with the text (--field)"));
        if (column.type() != PhysicalType.BYTE_ARRAY || column.maxRepetitionLevel() > 0) {
            throw new FormatException(
                    source,
                    "column " + options.field() + " holds " + column.type()
                            + (column.maxRepetitionLevel() > 0 ? " lists" : "") + ", not texts; of " + all
                            + " name the one with the text (--field)");
        }
    }

    private static String reason(Exception e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse(message);
    }
}
