#include "net/loop.hpp"

#include <pthread.h>
#include <sched.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <utility>

#include "net/loop_impl.hpp"

namespace ebb::net {
namespace {

constexpr int kPauses = 8;  // about half a microsecond

// Leaves the core's other hardware thread the execution units meanwhile.
inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

void bind_thread(unsigned core) {
  if (core >= CPU_SETSIZE) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  (void)pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

}  // namespace

bool may_run_on(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  return core < CPU_SETSIZE && sched_getaffinity(0, sizeof set, &set) == 0 && CPU_ISSET(core, &set);
}

void Loop::pin_to(unsigned core) { impl_->core = core; }
Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::run() {
  auto& io = impl_->io;
  if (impl_->core) bind_thread(*impl_->core);
  Timestamp last_event = now();
  while (!io.stopped()) {
    const Duration spin(impl_->spin.load(std::memory_order_relaxed));
    if (spin.raw() <= 0) {
      io.run_one();
      continue;
    }
    if (io.poll() > 0) {
      last_event = now();
    } else if (now() - last_event < spin) {
      for (int i = 0; i < kPauses; ++i) pause();
      std::this_thread::yield();  // on an idle core it returns at once; on a busy one the peer may be waiting for it
    } else {
      io.run_one();
      last_event = now();
    }
  }
  io.restart();
}

void Loop::run_for(Duration longest) {
  auto& io = impl_->io;
  if (io.poll() == 0 && longest.raw() > 0 && io.run_one_for(std::chrono::nanoseconds(longest.raw())) > 0) io.poll();
  if (io.stopped()) io.restart();
}

void Loop::stop() { impl_->io.stop(); }
void Loop::post(std::function<void()> work) { boost::asio::post(impl_->io, std::move(work)); }
Timestamp Loop::now() const { return impl_->now(); }
void Loop::set_spin(Duration spin) { impl_->spin.store(spin.raw(), std::memory_order_relaxed); }

struct Loop::Timer::State : std::enable_shared_from_this<Loop::Timer::State> {
  State(Loop::Impl& owner, std::function<void()> callback)
      : loop(owner), timer(owner.io), on_due(std::move(callback)) {}

  void wait(Timestamp at) {
    waiting_for = at;
    timer.expires_at(loop.steady(at));
    timer.async_wait([self = shared_from_this(), mine = ++generation](const boost::system::error_code&) {
      if (mine == self->generation) self->fire();
    });
  }

  void fire() {
    waiting_for = kNever;
    if (due == kNever) return;
    if (loop.now() < due) return wait(due);
    due = kNever;
    on_due();
  }

  Loop::Impl& loop;
  boost::asio::steady_timer timer;
  std::function<void()> on_due;
  Timestamp due = kNever;
  /// When the wait under way ends; kNever = none is.
  Timestamp waiting_for = kNever;
  std::uint64_t generation = 0;
};

Loop::Timer::Timer(Loop& loop, std::function<void()> on_due)
    : state_(std::make_shared<State>(loop.impl(), std::move(on_due))) {}

Loop::Timer::~Timer() {
  ++state_->generation;
  state_->timer.cancel();
}

// A deadline that moves away (the usual case: nothing was due) costs no system call: the earlier wait finds out when it
// ends that there is more to wait for.
void Loop::Timer::arm(Timestamp at) {
  state_->due = at;
  if (at != kNever && at < state_->waiting_for) state_->wait(at);
}

}  // namespace ebb::net
