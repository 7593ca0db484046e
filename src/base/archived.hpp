// Named as a friend by classes whose private state is kept in a checkpoint:
//
//   template <class T> friend struct ebb::Archived;
//
// How a class is written and read stands in its module's archive.hpp, on top of base/archive.hpp.
#pragma once

namespace ebb {

/// Specialised with `template <class A> static void visit(A& archive, T& x)`, one function for both directions. A
/// visit() binds every field of its class by name, so that a field added later does not compile until it is visited.
template <class T>
struct Archived;

}  // namespace ebb
