#include "demo/day.h"

#include "demo/scenes.h"

namespace demo {

void PlayDay(Stage& stage, int people) {
  Import(stage, people);
  NothingToDo(stage);
  Hire(stage);
  Edit(stage);
  Rename(stage);
  const std::string gone = Unassign(stage);
  const std::string free_name = Deactivate(stage);
  Reuse(stage, free_name);
  ComeBack(stage, gone);
  Suspend(stage);
  Swap(stage);
  Outage(stage);
  Takeover(stage);
  MassUnassignment(stage, people);
}

}  // namespace demo
