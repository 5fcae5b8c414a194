package dev.keiryo.hub;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model on the hub: {@code ORG/NAME[@REVISION][:FILES]}.
 *
 * @param org the user or organisation
 * @param name the repository's name
 * @param revision branch, tag or commit; {@link #MAIN} where none was given
 * @param files a glob that picks files of the repository ({@code *-00001-of-*.gguf}), or a quantization's name
 *     ({@code Q4_K_M}); null where the choice is left to {@link Selection}
 */
public record RepoName(
        String org, String name, String revision, @Nullable String files) {
    /** The branch that is meant where none is named. */
    public static final String MAIN = "main";

    private static final String WORD = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}";
    private static final Pattern SHAPE = Pattern.compile("(" + WORD + ")/(" + WORD + ")(?:@([^:]+))?(?::(.+))?");

    public RepoName {
        if (!org.matches(WORD) || !name.matches(WORD) || (org + name).contains("..")) {
            throw new IllegalArgumentException("not a repository's name: " + org + "/" + name);
        }
        if (!RemoteFile.isSafe(revision)) {
            throw new IllegalArgumentException("not a revision: " + revision);
        }
    }

    /** Whether the text has the form of a name on the hub; a relative path such as {@code models/tiny} has it too. */
    public static boolean matches(String text) {
        return SHAPE.matcher(text).matches();
    }

    /** Reads {@code ORG/NAME[@REVISION][:FILES]}. */
    public static RepoName parse(String text) throws HubException {
        Matcher m = SHAPE.matcher(text);
        if (!m.matches()) {
            throw new HubException("'" + text + "' is not a model's name: expected ORG/NAME, ORG/NAME@REVISION or"
                    + " ORG/NAME:FILES, for example Qwen/Qwen3-0.6B");
        }
        String revision = m.group(3);
        try {
            return new RepoName(m.group(1), m.group(2), revision == null ? MAIN : revision, m.group(4));
        } catch (IllegalArgumentException e) {
            throw new HubException("'" + text + "': " + e.getMessage(), e);
        }
    }

    /** {@code ORG/NAME}, as the hub spells it. */
    public String id() {
        return org + "/" + name;
    }

    @Override
    public String toString() {
        return id() + (revision.equals(MAIN) ? "" : "@" + revision) + (files == null ? "" : ":" + files);
    }
}
