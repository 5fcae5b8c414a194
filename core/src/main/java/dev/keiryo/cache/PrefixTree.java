package dev.keiryo.cache;

import static dev.keiryo.cache.KvCache.PAGE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pages of keys and values that texts have left behind, found again by their tokens: a radix tree whose edges are pages of
 * {@link KvCache#PAGE} tokens, the last one of a text perhaps fewer. A text that begins as an earlier one did takes over its
 * pages instead of computing them; a page that it needs a part of only is shared until it writes to it, and then copied. After
 * RadixAttention, Zheng et al. 2023, arXiv:2312.07104.
 *
 * <p>One tree is one model's. Texts whose keys are rotated differently never meet: they are under different keys.
 *
 * <p>Holds a reference to each page. Gives up what was not used for longest where it holds more than it may, or where the
 * {@link PagePool} has no page left. Thread-safe, under the pool's lock.
 */
public final class PrefixTree implements AutoCloseable {
    private final PagePool pool;
    private final int[] windows;
    private final long limit;
    private final Map<Object, Node> roots = new HashMap<>();
    private long clock;
    private long bytes;
    private long asked;
    private long found;
    private long evicted;
    private int nodes;

    /** A page of tokens, and its keys and values in each slot; null in those that no longer held it. */
    private static final class Node {
        final Object key;
        final @Nullable Node parent;
        final int[] tokens;
        final @Nullable Page[] pages;
        final List<Node> children = new ArrayList<>();
        long used;

        Node(Object key, @Nullable Node parent, int[] tokens, int slots) {
            this.key = key;
            this.parent = parent;
            this.tokens = tokens;
            this.pages = new Page[slots];
        }

        /** How many tokens are those of {@code text} from {@code at} on, of which it has {@code end}. */
        int common(int[] text, int at, int end) {
            int most = Math.min(tokens.length, end - at);
            int differing = Arrays.mismatch(tokens, 0, most, text, at, at + most);
            return differing < 0 ? most : differing;
        }

        /** Whether giving it up gives memory back. */
        boolean isAlone() {
            for (Page page : pages) {
                if (page != null && !page.shared()) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * What a tree has been good for.
     *
     * @param asked tokens of texts that began
     * @param found those of them whose keys and values were there
     * @param pages stretches of up to {@link KvCache#PAGE} tokens that are held
     * @param bytes memory of their pages, also of those that running texts hold as well
     * @param evicted stretches that were given up
     */
    public record Statistics(long asked, long found, int pages, long bytes, long evicted) {}

    /**
     * @param pool where the pages are from; it asks this tree for pages from now on
     * @param windows for each slot, how many positions a token sees, or 0 for all
     * @param limit bytes that the pages may take
     */
    public PrefixTree(PagePool pool, int[] windows, long limit) {
        if (limit <= 0) {
            throw new IllegalArgumentException(
                    "a limit of " + limit + " bytes leaves no room for what texts leave behind");
        }
        this.pool = pool;
        this.windows = windows.clone();
        this.limit = limit;
        pool.onShortage(this::evict);
    }

    /**
     * Gives the empty {@code cache} the keys and values of as many of the first tokens of {@code text} as are known.
     *
     * @param key what else they depend on
     * @param most tokens wanted at most
     * @return how many there are
     */
    public int find(Object key, int[] text, int most, KvCache cache) {
        synchronized (pool) {
            asked += text.length;
            Node node = roots.get(key);
            List<Node> path = new ArrayList<>();
            int length = 0;
            while (node != null && length < most) {
                Node next = null;
                int same = 0;
                for (Node child : node.children) {
                    int n = child.common(text, length, most);
                    if (n > same) {
                        same = n;
                        next = child;
                    }
                }
                if (next == null) {
                    break;
                }
                path.add(next);
                length += same;
                node = same == PAGE ? next : null;
            }
            while (length > 0 && !isHeld(path, length)) {
                length = (length - 1) / PAGE * PAGE;
            }
            if (length > 0) {
                adopt(path.subList(0, Math.ceilDiv(length, PAGE)), length, cache);
                found += length;
            }
            return length;
        }
    }

    /** Whether all slots hold what the token behind the first {@code length} sees. */
    private boolean isHeld(List<Node> path, int length) {
        for (int slot = 0; slot < windows.length; slot++) {
            for (int i = first(slot, length); i * PAGE < length; i++) {
                if (path.get(i).pages[slot] == null) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The first page that the token at {@code position} sees, of those with positions before it. */
    private int first(int slot, int position) {
        return windows[slot] == 0 ? 0 : Math.max(0, Math.min(position - windows[slot] + 1, position - 1)) / PAGE;
    }

    private void adopt(List<Node> path, int length, KvCache cache) {
        clock++;
        for (Node node : path) {
            node.used = clock;
        }
        for (int slot = 0; slot < windows.length; slot++) {
            int last = path.size() - 1;
            int from = last;
            while (from > 0 && path.get(from - 1).pages[slot] != null) {
                from--;
            }
            List<@Nullable Page> pages = new ArrayList<>();
            for (int i = 0; i <= last; i++) {
                pages.add(i < from ? null : path.get(i).pages[slot]);
            }
            cache.slot(slot).adopt(pages, length);
        }
    }

    /**
     * Keeps the keys and values that {@code cache} has of the first {@code length} tokens of {@code text}.
     *
     * @param key what else they depend on
     */
    public void add(Object key, int[] text, int length, KvCache cache) {
        synchronized (pool) {
            clock++;
            Node node = roots.computeIfAbsent(key, k -> new Node(k, null, new int[0], windows.length));
            for (int at = 0; at < length; at += PAGE) {
                int end = Math.min(length, at + PAGE);
                node = child(node, text, at, end);
                node.used = clock;
                for (int slot = 0; slot < windows.length; slot++) {
                    Page page = cache.slot(slot).pageOrNull(at / PAGE);
                    if (node.pages[slot] == null && page != null) {
                        pool.share(page);
                        node.pages[slot] = page;
                        bytes += page.bytes();
                    }
                }
            }
            while (bytes > limit && evict(false)) {
                evicted++;
            }
        }
    }

    /** The child that begins with {@code text[at, end)}, made where there is none. */
    private Node child(Node parent, int[] text, int at, int end) {
        for (Node child : parent.children) {
            if (child.common(text, at, end) == end - at) {
                return child;
            }
        }
        Node made = new Node(parent.key, parent, Arrays.copyOfRange(text, at, end), windows.length);
        nodes++;
        // A shorter one with the same tokens is of no use any more. It goes last: a tree without children is given up.
        List<Node> siblings = List.copyOf(parent.children);
        parent.children.add(made);
        for (Node child : siblings) {
            if (child.tokens.length < end - at && child.common(text, at, end) == child.tokens.length) {
                remove(child);
            }
        }
        return made;
    }

    private boolean evict() {
        boolean any = evict(true);
        evicted += any ? 1 : 0;
        return any;
    }

    /** Gives up the leaf that was not used for longest; {@code alone}: of those that give memory back. */
    private boolean evict(boolean alone) {
        Node oldest = null;
        for (Node root : roots.values()) {
            oldest = oldest(root, alone, oldest);
        }
        if (oldest == null) {
            return false;
        }
        remove(oldest);
        return true;
    }

    private static @Nullable Node oldest(Node root, boolean alone, @Nullable Node best) {
        Node oldest = best;
        List<Node> open = new ArrayList<>(List.of(root));
        while (!open.isEmpty()) {
            Node node = open.removeLast();
            open.addAll(node.children);
            boolean leaf = node.children.isEmpty() && node.parent != null;
            if (leaf && (oldest == null || node.used < oldest.used) && (!alone || node.isAlone())) {
                oldest = node;
            }
        }
        return oldest;
    }

    private void remove(Node leaf) {
        release(leaf);
        Node parent = leaf.parent;
        if (parent != null) {
            parent.children.remove(leaf);
            if (parent.parent == null && parent.children.isEmpty()) {
                roots.remove(parent.key);
            }
        }
    }

    private void release(Node node) {
        nodes--;
        for (Page page : node.pages) {
            if (page != null) {
                bytes -= page.bytes();
                pool.release(page);
            }
        }
    }

    public Statistics statistics() {
        synchronized (pool) {
            return new Statistics(asked, found, nodes, bytes, evicted);
        }
    }

    /** Bytes that would come back to the pool if all were given up. */
    public long reclaimable() {
        synchronized (pool) {
            long sum = 0;
            List<Node> open = new ArrayList<>(roots.values());
            while (!open.isEmpty()) {
                Node node = open.removeLast();
                open.addAll(node.children);
                for (Page page : node.pages) {
                    sum += page == null || page.shared() ? 0 : page.bytes();
                }
            }
            return sum;
        }
    }

    /** Gives up everything. */
    public void clear() {
        synchronized (pool) {
            while (evict(false)) {}
        }
    }

    @Override
    public void close() {
        clear();
    }
}
