package archipel.load;

import archipel.report.Measurement;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a workload on one server or several: a warm-up on each, then rounds in turn (A B A B), so that what else the
 * machine does meets all alike.
 *
 * @param warmup of each server, before the first round
 * @param measured of each server, all rounds together
 * @param rounds at least one
 */
record Schedule(Duration warmup, Duration measured, int rounds) {
    /** Measurements in the order of the subjects. */
    List<Measurement> run(Workload workload, List<Subject> subjects, Recorder recorder) throws IOException {
        List<Workload.Session> sessions = new ArrayList<>();
        List<Measurement> measurements = new ArrayList<>();
        for (Subject subject : subjects) {
            Workload.Session session = workload.open(subject);
            if (!warmup.isZero()) {
                session.run(warmup);
            }
            sessions.add(session);
            measurements.add(new Measurement(workload.name(), workload.unit()));
        }
        Closeable recording = recorder.begin(workload.name());
        try (recording) {
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < sessions.size(); i++) {
                    measurements.get(i).add(sessions.get(i).run(measured.dividedBy(rounds)));
                }
            }
        }
        for (int i = 0; i < sessions.size(); i++) {
            sessions.get(i).notes().forEach(measurements.get(i)::note);
        }
        return measurements;
    }

    /** What watches the measured rounds of a workload, from begin to close. */
    @FunctionalInterface
    interface Recorder {
        Recorder NONE = workload -> () -> {};

        Closeable begin(String workload) throws IOException;
    }
}
