package archipel.ensemble;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** Goes on without a majority that is lost. */
public final class Recovery {
    private Recovery() {}

    /**
     * What was done.
     *
     * @param name of the member that is left
     * @param lost those that are no members any more
     */
    public record Forced(String name, List<String> lost) {}

    /**
     * Makes the member of a data directory, which no process has open, the only one of its ensemble from its next start
     * on. It has what it has: what the others alone had is lost.
     *
     * @throws IllegalArgumentException where it is no member, or runs
     */
    public static Forced force(Path data) throws IOException {
        Path path = Ensemble.file(data);
        if (!MemberFile.exists(path)) {
            throw new IllegalArgumentException(data + " is not the data directory of a member of an ensemble");
        }
        try (FileChannel channel = FileChannel.open(data.resolve("LOCK"), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                throw new IllegalArgumentException(data + " is in use: stop its node first");
            }
            MemberFile file = MemberFile.read(path);
            if (!file.isFormed()) {
                throw new IllegalArgumentException("the ensemble of " + data + " has not begun");
            }
            List<String> lost = file.members().keySet().stream()
                    .filter(name -> !name.equals(file.name()))
                    .toList();
            file.members().keySet().removeAll(lost);
            file.members().computeIfPresent(file.name(), (name, own) -> own.with(false, own.url()));
            file.setForced(true);
            file.setRemoved(false);
            file.save();
            return new Forced(file.name(), lost);
        } catch (OverlappingFileLockException here) {
            throw new IllegalArgumentException(data + " is in use in this process", here);
        }
    }
}
