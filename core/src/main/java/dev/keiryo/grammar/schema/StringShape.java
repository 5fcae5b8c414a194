package dev.keiryo.grammar.schema;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Strings of {@code least} to {@code most} characters that are, or are not, in languages.
 *
 * @param languages whether a string must be in each
 * @param in the only strings there are; null for all
 */
record StringShape(
        Map<Dfa, Boolean> languages,
        long least,
        long most,
        @Nullable Set<String> in,
        Set<String> notIn) implements Shape {
    static final StringShape ANY = new StringShape(Map.of(), 0, Long.MAX_VALUE, null, Set.of());

    static StringShape length(long least, long most) {
        return new StringShape(Map.of(), least, most, null, Set.of());
    }

    static StringShape language(Dfa dfa, boolean in) {
        return new StringShape(Map.of(dfa, in), 0, Long.MAX_VALUE, null, Set.of());
    }

    static StringShape only(Set<String> in) {
        return new StringShape(Map.of(), 0, Long.MAX_VALUE, in, Set.of());
    }

    static StringShape not(Set<String> notIn) {
        return new StringShape(Map.of(), 0, Long.MAX_VALUE, null, notIn);
    }

    @Override
    public @Nullable Shape and(Shape shape) {
        StringShape other = (StringShape) shape;
        Map<Dfa, Boolean> both = new HashMap<>(languages);
        for (Map.Entry<Dfa, Boolean> e : other.languages.entrySet()) {
            Boolean known = both.putIfAbsent(e.getKey(), e.getValue());
            if (known != null && !known.equals(e.getValue())) {
                return null;
            }
        }
        Set<String> only = in == null ? other.in : in;
        if (in != null && other.in != null) {
            only = new LinkedHashSet<>(in);
            only.retainAll(other.in);
        }
        StringShape joined = new StringShape(
                both, Math.max(least, other.least), Math.min(most, other.most), only, Shape.union(notIn, other.notIn));
        return joined.reduced();
    }

    /** Finite sets cut down to what the rest allows; null where that is nothing. */
    private @Nullable StringShape reduced() {
        if (least > most) {
            return null;
        }
        if (in == null) {
            return this;
        }
        Set<String> left = new LinkedHashSet<>();
        for (String s : in) {
            if (allows(s)) {
                left.add(s);
            }
        }
        return left.isEmpty() ? null : new StringShape(Map.of(), 0, Long.MAX_VALUE, left, Set.of());
    }

    boolean allows(String s) {
        int length = s.codePointCount(0, s.length());
        if (length < least || length > most || notIn.contains(s) || (in != null && !in.contains(s))) {
            return false;
        }
        for (Map.Entry<Dfa, Boolean> e : languages.entrySet()) {
            if ((e.getKey().label(s) != Dfa.NO) != e.getValue()) {
                return false;
            }
        }
        return true;
    }
}
