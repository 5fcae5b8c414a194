package dev.keiryo.template;

/** A string that counts as HTML: what is added to it is escaped. */
record Markup(String text) implements CharSequence {
    /** {@code text} with HTML's special characters as entities. */
    static Markup escape(String text) {
        return new Markup(text.replace("&", "&amp;")
                .replace(">", "&gt;")
                .replace("<", "&lt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;"));
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public char charAt(int index) {
        return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.subSequence(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
