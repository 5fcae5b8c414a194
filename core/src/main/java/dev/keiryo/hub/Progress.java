package dev.keiryo.hub;

/** Hears how far a pull is. Called from several threads at once, and often: implementations decide what to show. */
public interface Progress {
    /** Shows nothing. */
    Progress NONE = new Progress() {
        @Override
        public void begin(int files, long bytes) {}

        @Override
        public void update(String file, long done, long size) {}

        @Override
        public void note(String line) {}
    };

    /**
     * What is about to be fetched is known.
     *
     * @param files number of files
     * @param bytes their sizes together, with what an earlier pull already left here
     */
    void begin(int files, long bytes);

    /**
     * A file has come further. The first call for a file says how much of it an earlier pull left here.
     *
     * @param file path within the repository
     * @param done bytes of it on disk; less than before where a transfer had to start again
     * @param size its whole size in bytes
     */
    void update(String file, long done, long size);

    /** Something worth a line, such as a lost connection that is tried again. */
    void note(String line);
}
