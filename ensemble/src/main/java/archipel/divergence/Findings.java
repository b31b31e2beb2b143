package archipel.divergence;

import archipel.document.JsonBuffer;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.settings.OwnerFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is wrong with this member's groups, at most one finding for each. Those by which a group is set aside are in a
 * file, since a restart mends nothing; a suspicion is not, since it is looked into again at once. Safe for use by many
 * threads; reading costs no lock.
 */
public final class Findings {
    private static final System.Logger LOG = System.getLogger(Findings.class.getName());

    private final Path file;
    private final Map<Integer, Finding> byGroup = new ConcurrentSkipListMap<>();
    // Guarded by this.
    private boolean unsaved;

    private Findings(Path file) {
        this.file = file;
    }

    /**
     * Reads what an earlier run has found.
     *
     * @throws IOException where the file is there and cannot be read
     */
    public static Findings read(Path file) throws IOException {
        Findings findings = new Findings(file);
        if (!Files.exists(file)) {
            return findings;
        }
        try {
            JsonNode json = JsonTree.parse(Files.readString(file, StandardCharsets.UTF_8), JsonLimits.DEFAULT);
            for (JsonNode one : json.path("groups")) {
                Finding finding = Finding.parse(one);
                if (finding != null) {
                    findings.byGroup.put(finding.group(), finding);
                }
            }
        } catch (RequestException e) {
            throw new IOException(file + " is damaged: " + e.getMessage(), e);
        }
        return findings;
    }

    /** Null where nothing is wrong. */
    public @Nullable Finding find(int group) {
        return byGroup.get(group);
    }

    /** Whether a group must be neither read nor built upon. */
    public boolean isSetAside(int group) {
        Finding finding = byGroup.get(group);
        return finding != null && finding.state().isSetAside();
    }

    /** In ascending order of the groups. */
    public List<Finding> all() {
        return List.copyOf(byGroup.values());
    }

    /** In force when this returns, and durable unless the disk fails; {@link #save} tries that again. */
    public synchronized void put(Finding finding) {
        Finding before = byGroup.put(finding.group(), finding);
        if (!finding.equals(before)) {
            unsaved = true;
            save();
        }
    }

    /** The group is sound. */
    public synchronized void remove(int group) {
        if (byGroup.remove(group) != null) {
            unsaved = true;
            save();
        }
    }

    /** Makes durable what could not be made so before. */
    public synchronized void save() {
        if (!unsaved) {
            return;
        }
        JsonBuffer json = new JsonBuffer(256).ascii("{\"groups\":[");
        String separator = "";
        for (Finding finding : byGroup.values()) {
            if (finding.state().isSetAside()) {
                finding.appendTo(json.ascii(separator));
                separator = ",";
            }
        }
        try {
            Files.createDirectories(file.getParent());
            OwnerFile.replace(file, new String(json.ascii("]}\n").toByteArray(), StandardCharsets.UTF_8));
            unsaved = false;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "what is wrong with groups is not on the disk yet", e);
        }
    }
}
