package archipel.raft;

import com.alipay.sofa.jraft.util.SPI;
import com.alipay.sofa.jraft.util.timer.DefaultRaftTimerFactory;
import com.alipay.sofa.jraft.util.timer.DefaultTimer;
import com.alipay.sofa.jraft.util.timer.Timer;

/**
 * Timers that sleep until something is due. The library's own wake up every millisecond each, which with a group for
 * each sixteenth of the databases keeps a processor busy for nothing. Found by the library as a service.
 */
@SPI(name = "archipel", priority = 10)
public final class SharedTimerFactory extends DefaultRaftTimerFactory {
    private static final int THREADS = 2;

    @Override
    public Timer createTimer(String name) {
        return new DefaultTimer(THREADS, name);
    }
}
