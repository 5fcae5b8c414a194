package dev.keiryo.train.data;

import org.jspecify.annotations.Nullable;

/**
 * Keeps texts of a certain length.
 *
 * @param least characters (code points)
 * @param most characters (code points)
 */
public record Length(int least, int most) implements Filter.ByText {
    /** From 1 character on. */
    public static final Length DEFAULT = new Length(1, Integer.MAX_VALUE);

    public Length {
        if (least < 0 || most < least) {
            throw new IllegalArgumentException(
                    "lengths are a range such as 200..100000 characters, not " + least + ".." + most);
        }
    }

    @Override
    public String name() {
        return "length";
    }

    @Override
    public String text() {
        return name() + "=" + least + ".." + (most == Integer.MAX_VALUE ? "" : most);
    }

    @Override
    public @Nullable String reason(String text) {
        int length = text.codePointCount(0, text.length());
        return length < least ? "too short" : length > most ? "too long" : null;
    }
}
