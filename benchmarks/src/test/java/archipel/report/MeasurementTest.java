package archipel.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class MeasurementTest {
    private static Round round(long serverCpuNs, long... latenciesNs) {
        Histogram latencies = Round.histogram();
        long total = 0;
        for (long latency : latenciesNs) {
            latencies.recordValue(latency);
            total += latency;
        }
        return new Round(latencies, latenciesNs.length * 10.0, total, serverCpuNs, serverCpuNs / 5, 5_000);
    }

    @Test
    void add_rounds_sumUp() {
        Measurement measurement = new Measurement("bulk", "docs");
        measurement.add(round(1_000_000, 1_000_000, 1_000_000, 2_000_000));
        measurement.add(round(3_000_000, 4_000_000));

        assertEquals(4, measurement.operations());
        assertEquals(5000, measurement.perSecond());
        assertEquals("1.00", measurement.milliseconds(50));
        assertEquals("4.00", measurement.milliseconds(99));
        assertEquals("80.0", measurement.serverMicros());
        assertEquals("20% compiling", measurement.notes());
        assertEquals("0.250", measurement.clientMicros());
    }

    @Test
    void serverMicros_oneRoundUnseen_isUnknown() {
        Measurement measurement = new Measurement("bulk", "docs");
        measurement.add(round(1_000_000, 1_000_000));
        measurement.add(round(-1, 1_000_000));
        assertEquals("-", measurement.serverMicros());
    }

    @Test
    void milliseconds_nothingMeasured_isADash() {
        assertEquals("-", new Measurement("get1", "docs").milliseconds(50));
        assertEquals(0, new Measurement("get1", "docs").perSecond());
    }

    @Test
    void number_anySize_keepsThreeDigits() {
        assertEquals("0", Measurement.number(0));
        assertEquals("0.0123", Measurement.number(0.01234));
        assertEquals("0.123", Measurement.number(0.1234));
        assertEquals("1.23", Measurement.number(1.234));
        assertEquals("12.3", Measurement.number(12.34));
        assertEquals("12,346", Measurement.number(12345.6));
    }
}
