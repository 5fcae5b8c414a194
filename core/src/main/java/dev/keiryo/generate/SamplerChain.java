package dev.keiryo.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the next token is drawn: logits from a {@link LogitSource}, links that change logits and leave fewer and fewer candidates, applied in their order, then
 * one draw from the softmax over what is left. Immutable; one chain serves many requests, each with its own
 * {@link Sampler}.
 *
 * @param source where the logits come from
 * @param links in the order in which they apply; none draws from the source's own distribution
 */
public record SamplerChain(LogitSource source, List<SamplerLink> links) {
    /** Always the most probable token. */
    public static final SamplerChain GREEDY = new SamplerChain(List.of(new Greedy()));

    /** Repetition penalty 1.1 over 64 tokens, top-k 50, top-p 0.95, temperature 0.8. */
    public static final SamplerChain DEFAULT = parse("penalties:repeat=1.1,last_n=64;top_k:50;top_p:0.95;temp:0.8");

    public SamplerChain {
        links = List.copyOf(links);
    }

    /** On the model's own logits. */
    public SamplerChain(List<SamplerLink> links) {
        this(LogitSource.MODEL, links);
    }

    /**
     * Reads a chain as {@link #toString} writes it, e.g. {@code penalties:repeat=1.1,last_n=64;top_k:40;temp:0.8}.
     *
     * @throws IllegalArgumentException where a link or parameter is unknown (the message lists the known ones) or out of
     *     its range
     */
    public static SamplerChain parse(String text) {
        return ChainText.parse(text);
    }

    /** The names of links that {@link #parse} knows. */
    public static List<String> linkNames() {
        return ChainText.names();
    }

    /** This chain on logits from elsewhere. */
    public SamplerChain with(LogitSource newSource) {
        return new SamplerChain(newSource, links);
    }

    /** This chain with {@code link} in the place of its kind; where there is none, where its kind usually stands. */
    public SamplerChain with(SamplerLink link) {
        List<SamplerLink> changed = new ArrayList<>(links);
        boolean replaced = false;
        for (int i = 0; i < changed.size(); i++) {
            if (changed.get(i).getClass() == link.getClass()) {
                changed.set(i, link);
                replaced = true;
            }
        }
        if (!replaced) {
            int at = 0;
            while (at < changed.size() && place(changed.get(at)) < place(link)) {
                at++;
            }
            changed.add(at, link);
        }
        return new SamplerChain(source, changed);
    }

    /** This chain without links of a kind. */
    public SamplerChain without(Class<? extends SamplerLink> kind) {
        return new SamplerChain(
                source, links.stream().filter(link -> !kind.isInstance(link)).toList());
    }

    private static int place(SamplerLink link) {
        String text = link.toString();
        int colon = text.indexOf(':');
        return ChainText.names().indexOf(colon < 0 ? text : text.substring(0, colon));
    }

    /** Whether the seed makes no difference, since one candidate is left always. */
    public boolean isDeterministic() {
        return source instanceof ContrastiveSearch
                || links.stream()
                        .anyMatch(link -> link instanceof Greedy
                                || (link instanceof Temperature heat && heat.t() == 0)
                                || (link instanceof TopK top && top.k() == 1));
    }

    @Override
    public String toString() {
        return Stream.concat(source == LogitSource.MODEL ? Stream.empty() : Stream.of(source), links.stream())
                .map(Object::toString)
                .collect(Collectors.joining(";"));
    }
}
