package archipel.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All workloads by name, in the order in which they run: writes before reads, since reads leave a database behind, and
 * those with many operations before the like ones with few, since a JVM compiles what it has seen ten thousand times.
 */
final class Catalogue {
    private final Map<String, Workload> workloads = new LinkedHashMap<>();

    Catalogue(int feeds) {
        List.of(
                        new PutWorkload(16),
                        new PutWorkload(1),
                        new UpdateWorkload(16),
                        new BulkWorkload(),
                        new GetWorkload(16),
                        new GetWorkload(1),
                        ScanWorkload.allDocs(),
                        ScanWorkload.changes(),
                        new AttachmentWorkload(true, 1),
                        new AttachmentWorkload(false, 1),
                        new AttachmentWorkload(true, 100),
                        new AttachmentWorkload(false, 100),
                        new FeedWorkload(feeds))
                .forEach(workload -> workloads.put(workload.name(), workload));
        // Last, since they leave design documents and a few others in the database for reads.
        QueryWorkload.all().forEach(workload -> workloads.put(workload.name(), workload));
    }

    List<Workload> all() {
        return List.copyOf(workloads.values());
    }

    /** @throws IllegalArgumentException with the names there are, when there is none of a name */
    List<Workload> only(List<String> names) {
        names.stream().filter(name -> !workloads.containsKey(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException(
                    "no workload " + name + "; there are " + String.join(", ", workloads.keySet()));
        });
        return workloads.values().stream()
                .filter(workload -> names.contains(workload.name()))
                .toList();
    }
}
