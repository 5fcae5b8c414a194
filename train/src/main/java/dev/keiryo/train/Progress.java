package dev.keiryo.train;

/**
 * How far a run is.
 *
 * @param steps done
 * @param tokens seen
 * @param bestLoss the least validation loss so far, infinite before the first
 * @param bestStep after how many steps that was
 * @param sinceBest validations since then
 */
public record Progress(long steps, long tokens, double bestLoss, long bestStep, int sinceBest) {
    public static final Progress NONE = new Progress(0, 0, Double.POSITIVE_INFINITY, 0, 0);

    Progress stepped(long moreTokens) {
        return new Progress(steps + 1, tokens + moreTokens, bestLoss, bestStep, sinceBest);
    }

    /** With the loss of a validation, which is better or not. */
    Progress validated(double loss) {
        return loss < bestLoss
                ? new Progress(steps, tokens, loss, steps, 0)
                : new Progress(steps, tokens, bestLoss, bestStep, sinceBest + 1);
    }
}
