package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.UnenforceableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The automata of the strings that schemas and shapes allow, each made once. */
final class StringLanguages {
    /** A shape without its length. */
    private record Language(
            Map<Dfa, Boolean> languages, @Nullable Set<String> in, Set<String> notIn) {}

    private final Compilation compilation;
    private final Map<Literal, Dfa> names = new HashMap<>();
    private final Map<Language, Dfa> texts = new HashMap<>();

    StringLanguages(Compilation compilation) {
        this.compilation = compilation;
    }

    /** The strings that are as {@code literal} asks. */
    Dfa names(Literal literal) {
        Dfa known = names.get(literal);
        if (known != null) {
            return known;
        }
        List<Shape> shapes = compilation.shapes(literal, Kind.STRING);
        List<Dfa> parts = new ArrayList<>(List.of(Dfa.all()));
        List<int[]> ends = new ArrayList<>();
        try {
            for (Shape shape : shapes) {
                StringShape s = (StringShape) shape;
                int from = parts.size();
                parts.add(text(s));
                if (s.least() > 0 || s.most() < Long.MAX_VALUE) {
                    parts.add(Dfa.length(s.least(), s.most()));
                }
                ends.add(new int[] {from, parts.size()});
            }
            Dfa dfa = Product.of(parts, labels -> {
                for (int[] e : ends) {
                    boolean in = true;
                    for (int i = e[0]; i < e[1]; i++) {
                        in &= labels[i] != Dfa.NO;
                    }
                    if (in) {
                        return 0;
                    }
                }
                return Dfa.NO;
            });
            names.put(literal, dfa);
            return dfa;
        } catch (Dfa.TooLarge e) {
            throw new UnenforceableException(literal.node().pointer, "propertyNames", "it needs " + e.getMessage());
        }
    }

    /** The strings of a shape, whatever their length. */
    Dfa text(StringShape shape) throws Dfa.TooLarge {
        Set<String> notIn = new HashSet<>(shape.notIn());
        notIn.removeIf(s -> {
            int n = s.codePointCount(0, s.length());
            return n < shape.least() || n > shape.most();
        });
        Language language = new Language(shape.languages(), shape.in(), notIn);
        Dfa known = texts.get(language);
        if (known != null) {
            return known;
        }
        List<Dfa> parts = new ArrayList<>(shape.languages().keySet());
        List<Boolean> sides = new ArrayList<>();
        for (Dfa part : parts) {
            sides.add(shape.languages().get(part));
        }
        if (shape.in() != null) {
            parts.add(Dfa.of(shape.in()));
            sides.add(true);
        }
        if (!notIn.isEmpty()) {
            parts.add(Dfa.of(notIn));
            sides.add(false);
        }
        Dfa dfa = parts.isEmpty()
                ? Dfa.all()
                : Product.of(parts, labels -> {
                    for (int i = 0; i < labels.length; i++) {
                        if ((labels[i] != Dfa.NO) != sides.get(i)) {
                            return Dfa.NO;
                        }
                    }
                    return 0;
                });
        texts.put(language, dfa);
        return dfa;
    }
}
