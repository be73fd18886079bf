// The scenes of the day; each tells what is done, runs the product, and checks the effects.
#pragma once

#include <string>

#include "demo/stage.h"

namespace demo {

// people.cc
void Import(Stage& stage, int people);
void NothingToDo(Stage& stage);
void Hire(Stage& stage);
void Edit(Stage& stage);
std::string Unassign(Stage& stage);    // gives the Okta id
std::string Deactivate(Stage& stage);  // gives the name
void ComeBack(Stage& stage, const std::string& id);
void Suspend(Stage& stage);

// names.cc
void Rename(Stage& stage);
void Reuse(Stage& stage, const std::string& name);
void Swap(Stage& stage);

// trouble.cc
void Outage(Stage& stage);
void Takeover(Stage& stage);
void MassUnassignment(Stage& stage, int people);

}  // namespace demo
