package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Pieces by id and ids by piece. Ids may have holes; where two ids share a piece, the first one is found. Immutable. */
final class Vocabulary {
    private final @Nullable String[] pieces;
    private final Map<String, Integer> ids;

    /** @param pieces the entry of each id, null where there is none; not copied */
    Vocabulary(@Nullable String[] pieces) {
        this.pieces = pieces;
        ids = HashMap.newHashMap(pieces.length);
        for (int id = 0; id < pieces.length; id++) {
            String piece = pieces[id];
            if (piece != null) {
                ids.putIfAbsent(piece, id);
            }
        }
    }

    int size() {
        return pieces.length;
    }

    /** All ids by piece. */
    Map<String, Integer> ids() {
        return Collections.unmodifiableMap(ids);
    }

    /** The piece of {@code id}, or null where there is none. */
    @Nullable
    String find(int id) {
        return id >= 0 && id < pieces.length ? pieces[id] : null;
    }

    /** The piece of {@code id}, or the empty string where there is none. */
    String piece(int id) {
        String piece = find(id);
        return piece == null ? "" : piece;
    }

    /** The id of {@code piece}, or -1. */
    int id(String piece) {
        Integer id = ids.get(piece);
        return id == null ? -1 : id;
    }

    /** The id of {@code piece}, or null where {@code piece} is null; a piece that is not there is an error. */
    @Nullable
    Integer require(String source, String role, @Nullable String piece) throws FormatException {
        if (piece == null) {
            return null;
        }
        Integer id = ids.get(piece);
        if (id == null) {
            throw new FormatException(source, role + " \"" + piece + "\" is not in the vocabulary");
        }
        return id;
    }
}
